-- The roles of the ledger and its database: run once, on the primary, as the user postgres.
--
--   psql -v owner_password=… -v server_password=… -f roles.sql

create role goodturn_owner login password :'owner_password';
create role goodturn login password :'server_password';
create database points owner goodturn_owner encoding 'UTF8' template template0;
\connect points
grant create on schema public to goodturn_owner;
create extension amcheck;
-- `goodturn verify` compares indexes with their tables by it.
grant execute on function bt_index_check(regclass), bt_index_check(regclass, boolean) to goodturn_owner;
