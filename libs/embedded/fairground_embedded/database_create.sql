-- The database of everything here.
CREATE DATABASE fairground
