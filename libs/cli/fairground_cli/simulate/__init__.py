"""`fairground simulate`: what an activity will cost, before it is launched."""
