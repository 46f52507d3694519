"""What a file is and whether it is let in. Whatever reads its inside does so in a child process with limits."""
