"""Who talks to the 4200A: the connection, the exchanges on it, SMUs and pulse cards."""
