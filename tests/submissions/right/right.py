"""All answers are the model ones."""
