"""The leaderboard: submissions, their checks, and the static site."""
