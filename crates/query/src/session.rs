//! From a statement to its answer: the table, the bounds, and what is allowed.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::datatypes::SchemaRef;
use datafusion::{
    catalog::TableProvider,
    datasource::{
        MemTable,
        file_format::parquet::ParquetFormat,
        listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl},
    },
    error::DataFusionError,
    execution::{
        SessionStateBuilder,
        context::{SQLOptions, SessionState},
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        object_store::ObjectStoreUrl,
        runtime_env::{RuntimeEnv, RuntimeEnvBuilder},
    },
    logical_expr::{LogicalPlan, ScalarUDF, Volatility},
    object_store::local::LocalFileSystem,
    physical_plan::SendableRecordBatchStream,
    prelude::{DataFrame, SessionConfig, SessionContext, col},
};

use crate::{Answer, Error, fact::Fact, order, pool::Halves};

/// Name of the only table.
pub(crate) const TABLE: &str = "events";

/// Under this address the files are known; no statement can name one.
const STORE: &str = "events://case/";

/// Rows that are worked on at once: bodies of events may be long, so far fewer than DataFusion's 8,192.
const BATCH_ROWS: usize = 1_024;

/// Longest statement: nobody writes more, and a parser's time and depth grow with it.
const STATEMENT_BYTES_MAX: usize = 64 << 10;

/// The files of stored events. Their hashes have been compared: a Parquet reader may panic on damaged bytes.
#[derive(Debug, Clone)]
pub struct Files<'a> {
    /// The directory they lie below.
    pub directory: &'a Path,
    /// Their paths there, by day and host; none gives an empty table.
    pub paths: Vec<&'a str>,
    /// Their columns.
    pub schema: SchemaRef,
    /// The column that counts the events from 0 in their order.
    pub ordinal: &'a str,
}

/// What a statement may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Cores, at least 1.
    pub cores: usize,
    /// Bytes that sorting, grouping and joining may hold in memory.
    pub memory_bytes: usize,
    /// An existing directory for what does not fit; what is put there is removed in the end. Without
    /// one, a statement that does not fit fails.
    pub spill: Option<PathBuf>,
}

/// Runs one reading statement: `SELECT`, `WITH`, `VALUES`, `EXPLAIN`, `SHOW` or `DESCRIBE`.
///
/// The rows come as [`Answer::next_rows`] is called. Fails when the statement cannot be understood, names
/// what does not exist ([`Error::UnknownColumn`], [`Error::UnknownTable`]) or would change something
/// ([`Error::NotReading`]); while rows come also with [`Error::Memory`] and [`Error::Failed`].
pub fn run(statement: &str, files: &Files<'_>, limits: &Limits) -> Result<Answer, Error> {
    if statement.len() > STATEMENT_BYTES_MAX {
        return Err(Error::Plan { cause: format!("the statement is longer than {STATEMENT_BYTES_MAX} bytes") });
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(limits.cores.max(1))
        .build()
        .map_err(|source| Error::Threads { source })?;
    let failed = |error: DataFusionError| Error::of(&error, statement, limits);
    let prepared = runtime.block_on(async {
        let mut state = state(limits)?;
        let context = SessionContext::new_with_state(state.clone());
        register(&context, files)?;
        let plan = order::ordered(plan(&state, statement).await?, files.ordinal)?;
        if order::depends_on_order(&plan)? {
            one_after_the_other(&mut state);
        }
        Ok(Prepared { state, plan })
    });
    Answer::start(runtime, prepared.map_err(failed)?, statement, limits)
}

/// A statement that can be carried out.
#[derive(Clone)]
pub(crate) struct Prepared {
    state: SessionState,
    plan: LogicalPlan,
}

impl Prepared {
    pub(crate) fn columns(&self) -> Vec<String> {
        self.plan.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    pub(crate) async fn stream(&self) -> Result<SendableRecordBatchStream, DataFusionError> {
        DataFrame::new(self.state.clone(), self.plan.clone()).execute_stream().await
    }

    /// The same on one core, which needs least memory; `None` when it was so already.
    pub(crate) fn smaller(&self) -> Option<Self> {
        let mut smaller = self.clone();
        one_after_the_other(&mut smaller.state);
        (self.state.config().target_partitions() > 1).then_some(smaller)
    }
}

/// One core, and all files as one stream in their order.
fn one_after_the_other(state: &mut SessionState) {
    let execution = &mut state.config_mut().options_mut().execution;
    execution.target_partitions = 1;
    execution.split_file_groups_by_statistics = false;
}

fn state(limits: &Limits) -> Result<SessionState, DataFusionError> {
    let mut config = SessionConfig::new()
        .with_target_partitions(limits.cores.max(1))
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(true);
    // Days follow each other, hosts overlap: where a day has no more hosts than there are cores, files are put
    // into rows that need no sorting.
    // What is put aside is merged again within the same limit.
    let merging = &mut config.options_mut().execution.sort_spill_reservation_bytes;
    *merging = (*merging).min(limits.memory_bytes / 16);
    config.options_mut().execution.split_file_groups_by_statistics = true;
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime(limits)?)
        .with_default_features()
        .build();
    let changing: Vec<String> = (state.scalar_functions().iter())
        .filter(|(_, function)| function.signature().volatility != Volatility::Immutable)
        .map(|(name, _)| name.clone())
        .collect();
    for name in changing {
        datafusion::logical_expr::registry::FunctionRegistry::deregister_udf(&mut state, &name)?;
    }
    datafusion::logical_expr::registry::FunctionRegistry::register_udf(
        &mut state,
        Arc::new(ScalarUDF::new_from_impl(Fact::new())),
    )?;
    Ok(state)
}

fn runtime(limits: &Limits) -> Result<Arc<RuntimeEnv>, DataFusionError> {
    let mode = match &limits.spill {
        Some(directory) => DiskManagerMode::Directories(vec![directory.clone()]),
        None => DiskManagerMode::Disabled,
    };
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(Halves::of(limits.memory_bytes)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode))
        .build_arc()?;
    // The whole disk is known under this address by default.
    runtime.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref())?;
    Ok(runtime)
}

fn register(context: &SessionContext, files: &Files<'_>) -> Result<(), DataFusionError> {
    let table: Arc<dyn TableProvider> = if files.paths.is_empty() {
        Arc::new(MemTable::try_new(files.schema.clone(), vec![vec![]])?)
    } else {
        let store = LocalFileSystem::new_with_prefix(files.directory)?;
        context.register_object_store(ObjectStoreUrl::parse(STORE)?.as_ref(), Arc::new(store));
        // Names of directories hold escapes of ours, which an address would undo.
        let urls =
            files.paths.iter().map(|path| ListingTableUrl::parse(format!("{STORE}{}", path.replace('%', "%25"))));
        let options = ListingOptions::new(Arc::new(ParquetFormat::default()))
            .with_file_extension(".parquet")
            .with_file_sort_order(vec![vec![col(files.ordinal).sort(true, false)]]);
        let config = ListingTableConfig::new_with_multi_paths(urls.collect::<Result<_, _>>()?)
            .with_listing_options(options)
            .with_schema(files.schema.clone());
        Arc::new(ListingTable::try_new(config)?)
    };
    context.register_table(TABLE, table)?;
    Ok(())
}

async fn plan(state: &SessionState, statement: &str) -> Result<LogicalPlan, DataFusionError> {
    let plan = state.create_logical_plan(statement).await?;
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false).verify_plan(&plan)?;
    Ok(plan)
}
