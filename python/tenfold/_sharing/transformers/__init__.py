RULE = "transformers"
WHY = "transformers before the last step are fitted once per parameters and split"
