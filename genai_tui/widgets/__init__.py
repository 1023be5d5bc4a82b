"""What several screens share. Takes records and plain values, never a store; only screens import it."""
