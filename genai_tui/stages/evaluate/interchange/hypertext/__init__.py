"""What a browser makes of HTML, as far as promptfoo asks: the steps of WHATWG HTML, 13.2, without the tree."""
