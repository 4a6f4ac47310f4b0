//! `fact(body, 'name')`: a fact of an event that has no column of its own.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use arrow::{array::StringBuilder, datatypes::DataType};
use datafusion::{
    common::{Result, cast::as_string_array, exec_err},
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility},
};
use serde::Deserialize;

/// The function. Unknown facts are null, and so are those of a body that is no event.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fact {
    signature: Signature,
}

/// All that is read of an event.
#[derive(Deserialize)]
struct Facts<'a> {
    #[serde(default, borrow)]
    facts: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

impl Fact {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::exact(vec![DataType::Utf8, DataType::Utf8], Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Fact {
    fn name(&self) -> &'static str {
        "fact"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let [bodies, names] = columns.as_slice() else { return exec_err!("fact takes a body and a name") };
        let (bodies, names) = (as_string_array(bodies)?, as_string_array(names)?);
        let mut found = StringBuilder::new();
        for (body, name) in bodies.iter().zip(names) {
            let facts = body.and_then(|body| serde_json::from_str::<Facts<'_>>(body).ok());
            let fact = facts.zip(name).and_then(|(facts, name)| facts.facts.get(name).map(ToString::to_string));
            found.append_option(fact);
        }
        Ok(ColumnarValue::Array(Arc::new(found.finish())))
    }
}
