"""From gathered calls to cells of a learner, or a refusal in words."""
