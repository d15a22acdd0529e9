"""The leaderboard: site and submissions."""
