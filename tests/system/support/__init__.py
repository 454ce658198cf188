"""What the system tests share: the daemon under test, the peers it talks to, and what is measured."""
