"""Works out which expressions are objects of `ci`."""
