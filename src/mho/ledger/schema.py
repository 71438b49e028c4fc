"""The tables of a ledger, as ``sqlite3`` shows them."""

VERSION = 1

SCHEMA = """
create table about (key text primary key, value text not null) without rowid;

create table runs (
    run text primary key,          -- its name, which is that of its folder
    cell text not null,
    folder text not null,          -- from the folder of the ledger, or absolute
    protocol text not null,
    recipe text not null,
    bench text not null,
    device text not null,
    profile text not null,         -- digest of the device profile as it was understood
    started text not null,         -- ISO 8601, UTC
    stopped text,                  -- null: it goes on, or its process died unseen
    status text not null,          -- beginning, running, success, abort, fail, killed
    reason text not null,
    rows integer not null,
    conductance real,              -- siemens; of the last row that has one
    campaign text not null,        -- empty: no part of one
    step text not null,
    repeat integer not null        -- how-manieth time, from 1; 0 without a campaign
);
create index runs_of_cell on runs (cell, started);

create table dose (
    run text not null references runs on delete cascade,
    terminal text not null,
    purpose text not null,         -- program, read, hold
    pulses integer not null,       -- programming pulses
    charge real not null,          -- coulombs, positive into the terminal, as far as measured
    charge_either_way real not null,
    volt_seconds real not null,
    primary key (run, terminal, purpose)
) without rowid;

create table results (
    run text not null references runs on delete cascade,
    name text not null,
    part text not null,            -- of the run; empty: all of it
    value,                         -- number (SI), word, or null where it is not known
    low real, high real,           -- 95 % interval
    unit text not null,
    method text not null,
    source text not null,
    undetermined text not null,    -- why it is not known
    primary key (run, name, part)
) without rowid;

create table states (              -- in a rehearsal: the simulated cell after its last run
    cell text primary key,
    run text not null,
    age real not null,             -- seconds of simulated time since it was made
    arrays blob not null           -- as numpy.savez writes them
) without rowid;

create view life as                -- what each cell has suffered
select cell, terminal, purpose, sum(pulses) as pulses, sum(charge) as charge,
       sum(charge_either_way) as charge_either_way, sum(volt_seconds) as volt_seconds
from dose join runs using (run) group by cell, terminal, purpose;
"""
