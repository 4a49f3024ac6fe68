//! temp
pub mod name;
pub mod record;
pub mod zone;
