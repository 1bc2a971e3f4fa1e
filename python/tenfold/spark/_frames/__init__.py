"""Tables between Spark and Python: Arrow record batches in, Arrow tables out."""
