"""`fairground report`: forecast, what happened, what it brought and what it cost, on one page."""
