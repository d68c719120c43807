"""New columns of clinical tables, proposed as rules, judged by a model of trees (system 46)."""
