"""Makes demo exports in true vendor layouts, and the truth behind them.

Nothing here imports the code that reads the exports, so the truth is independent.
"""

from seeds.demo.generator import DemoReceipt, DemoTooSmallError, generate

__all__ = ["DemoReceipt", "DemoTooSmallError", "generate"]
