"""What a candidate adds beside the model: retrieval, tools, reasoning, guards."""
