"""``python -m llm_pick``, and where the ``llm-pick`` command starts."""

import gc
import signal

gc.disable()  # a short run that makes tens of thousands of records and no cycles: collecting costs a tenth

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # While modules are being imported nobody can answer an interrupt: let it end the process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from llm_pick.cli.main import main  # noqa: E402 - after what must come first

if __name__ == "__main__":
    main()
