import sys

from benchmarks import queue
from benchmarks.run import main

if sys.argv[1:2] == ["queue"]:
    raise SystemExit(queue.main(sys.argv[2:]))
raise SystemExit(main())
