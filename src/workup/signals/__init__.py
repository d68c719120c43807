"""Time series: days of phones and watches, what can be computed from them, and what is said about them."""
