"""What every act needs: its entry in the log, its keys, the log of readings."""
