"""Values to and from the messages of the contract; the only reader of the generated code besides the gRPC edges."""
