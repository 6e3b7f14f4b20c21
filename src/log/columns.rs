//! Columns of a row, read by name, on whichever engine.

/// Declares a row whose columns are read by the names of its fields. The derive of sqlx does the same. But for a
/// procedural macro the library and SQLite would be compiled a second time.
#[doc(hidden)]
#[macro_export]
macro_rules! row {
    ($(#[$doc:meta])* $vis:vis struct $name:ident { $($(#[$of:meta])* $sight:vis $column:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        $vis struct $name {
            $($(#[$of])* $sight $column: $type,)+
        }

        impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for $name
        where
            &'static str: sqlx::ColumnIndex<R>,
            $($type: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)+
        {
            fn from_row(row: &'r R) -> sqlx::Result<Self> {
                Ok(Self { $($column: row.try_get(stringify!($column))?,)+ })
            }
        }
    };
}
pub(crate) use crate::row;
