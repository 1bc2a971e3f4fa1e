"""Settings of all test suites."""

import signal

# A shell that starts the tests in the background has them ignore Ctrl-C, and so all processes that they start
# and then interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
