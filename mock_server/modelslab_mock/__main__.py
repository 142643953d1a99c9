"""Where the command enters, installed or as `python -m modelslab_mock`. Nothing is imported before Ctrl-C is seen to."""

import signal
import sys


def enter() -> int:
    """Run the command line; Ctrl-C ends it without a traceback, also while it is loaded and while it ends."""
    is_python_s = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else it is ignored, as nohup has it
    if is_python_s:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .cli import main

    try:
        if is_python_s:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return main()
    except KeyboardInterrupt:
        return 130
    finally:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(enter())
