"""Read what people type: secrets, names, questions and answers."""
