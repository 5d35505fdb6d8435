//! The promises, stories and house rules of Anteroom as tests.
