"""What the screen of Scope is made of, and the pages that it opens."""
