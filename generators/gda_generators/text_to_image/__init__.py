"""What the generators that start from a text-to-image pipeline share."""
