"""Everything that makes the assets: corpus, tokenizer, LSTM weights, judge, model card. Never shipped to students."""
