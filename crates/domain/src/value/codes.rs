//! Codes: small enumerations that are stored and hashed by number.

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, borsh::BorshSerialize, borsh::BorshDeserialize,
        )]
        #[borsh(use_discriminant = true)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant = $number),+ }

        impl $name {
            /// Every code, by number.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the number that is stored and hashed.
            #[must_use]
            pub const fn number(self) -> u8 { match self { $(Self::$variant => $number),+ } }

            /// Returns the name that people see.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $text),+ } }

            /// Finds a code by its number.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

pub(crate) use codes;
