"""The background service: what nobody presses a button for. A service of its own on a shared database, the window on an
embedded one."""
