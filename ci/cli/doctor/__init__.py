"""What `turboci doctor` looks at, one file for each place."""
