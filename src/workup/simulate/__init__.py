"""What is made up, with the truth known: patients who answer. Nothing that comes from here is a real observation."""
