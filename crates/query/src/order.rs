//! The order of an answer: no two runs differ, however many cores worked on it.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::{
    common::{
        Result,
        tree_node::{Transformed, TreeNode as _, TreeNodeRecursion},
    },
    logical_expr::{Aggregate, Expr, Limit, LogicalPlan, LogicalPlanBuilder, Sort, expr::AggregateFunction},
    prelude::col,
};

use crate::session::TABLE;

/// Aggregates whose answer does not depend on the order in which rows come. Sums and means of fractions
/// do: additions of floating point numbers round.
const ORDERLESS: &[&str] =
    &["count", "min", "max", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor", "approx_distinct"];

/// `plan` with every order made total: see the head of this crate.
pub(crate) fn ordered(plan: LogicalPlan, ordinal: &str) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Explain(mut explain) => {
            explain.plan = Arc::new(ordered(Arc::unwrap_or_clone(explain.plan), ordinal)?);
            Ok(LogicalPlan::Explain(explain))
        }
        LogicalPlan::Analyze(mut analyze) => {
            analyze.input = Arc::new(ordered(Arc::unwrap_or_clone(analyze.input), ordinal)?);
            Ok(LogicalPlan::Analyze(analyze))
        }
        plan if reads_events(&plan)? => ordered_query(plan, ordinal),
        other => Ok(other),
    }
}

fn ordered_query(plan: LogicalPlan, ordinal: &str) -> Result<LogicalPlan> {
    let plan = plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Sort(Sort { expr, input, fetch }) => {
            let plan = total(Arc::unwrap_or_clone(input), expr, fetch, ordinal)?;
            Ok(Transformed::yes(plan))
        }
        LogicalPlan::Limit(Limit { skip, fetch, input }) if !is_ordered(&input) => {
            let input = Arc::new(total(Arc::unwrap_or_clone(input), Vec::new(), None, ordinal)?);
            Ok(Transformed::yes(LogicalPlan::Limit(Limit { skip, fetch, input })))
        }
        other => Ok(Transformed::no(other)),
    })?;
    if is_ordered(&plan.data) { Ok(plan.data) } else { total(plan.data, Vec::new(), None, ordinal) }
}

fn reads_events(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        found |= matches!(node, LogicalPlan::TableScan(scan) if scan.table_name.table() == TABLE);
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// Whether the rows of a plan come sorted: nothing above the sort changes that.
fn is_ordered(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Sort(_) => true,
        LogicalPlan::Projection(projection) => is_ordered(&projection.input),
        LogicalPlan::Limit(limit) => is_ordered(&limit.input),
        _ => false,
    }
}

/// Whether each row is one event, whose ordinal can be carried along.
fn is_one_event_a_row(plan: &LogicalPlan, ordinal: &str) -> bool {
    match plan {
        LogicalPlan::TableScan(scan) => scan.table_name.table() == TABLE,
        LogicalPlan::Projection(projection) => {
            // Another column of that name would be taken for it.
            let is_taken = |expr: &Expr| matches!(expr, Expr::Alias(alias) if alias.name == ordinal);
            !projection.expr.iter().any(is_taken) && is_one_event_a_row(&projection.input, ordinal)
        }
        LogicalPlan::SubqueryAlias(alias) => is_one_event_a_row(&alias.input, ordinal),
        LogicalPlan::Filter(filter) => is_one_event_a_row(&filter.input, ordinal),
        LogicalPlan::Sort(sort) => is_one_event_a_row(&sort.input, ordinal),
        LogicalPlan::Limit(limit) => is_one_event_a_row(&limit.input, ordinal),
        _ => false,
    }
}

/// Sorts by `wanted`, then by what tells all rows apart.
fn total(
    input: LogicalPlan,
    wanted: Vec<datafusion::logical_expr::SortExpr>,
    fetch: Option<usize>,
    ordinal: &str,
) -> Result<LogicalPlan> {
    if is_one_event_a_row(&input, ordinal) {
        let mut sorts = wanted.clone();
        sorts.push(col(ordinal).sort(true, false));
        // A projection below a sort or limit may have dropped the ordinal; then the columns decide.
        if let Ok(plan) = LogicalPlanBuilder::from(input.clone()).sort_with_limit(sorts, fetch) {
            return plan.build();
        }
    }
    let mut sorts = wanted;
    for (qualifier, field) in input.schema().iter() {
        let column = Expr::from((qualifier, field));
        if is_sortable(field.data_type()) && !sorts.iter().any(|sort| sort.expr == column) {
            sorts.push(column.sort(true, false));
        }
    }
    match sorts.is_empty() {
        true => Ok(input),
        false => LogicalPlanBuilder::from(input).sort_with_limit(sorts, fetch)?.build(),
    }
}

fn is_sortable(kind: &DataType) -> bool {
    !matches!(kind, DataType::Map(..) | DataType::Union(..) | DataType::Null)
}

/// Whether the rows of an answer (not only their order) depend on the order in which events are met.
pub(crate) fn depends_on_order(plan: &LogicalPlan) -> Result<bool> {
    let mut depends = !reads_events(plan)?;
    plan.apply_with_subqueries(|node| {
        depends |= match node {
            LogicalPlan::Window(_) | LogicalPlan::RecursiveQuery(_) => true,
            LogicalPlan::Distinct(distinct) => matches!(distinct, datafusion::logical_expr::Distinct::On(_)),
            LogicalPlan::Aggregate(aggregate) => !is_orderless(aggregate),
            _ => false,
        };
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(depends)
}

fn is_orderless(aggregate: &Aggregate) -> bool {
    let mut all = true;
    for expr in &aggregate.aggr_expr {
        // Closures of `apply` cannot fail here, so neither can it.
        let _ = expr.apply(|part| {
            if let Expr::AggregateFunction(AggregateFunction { func, params }) = part {
                let sums_whole_numbers = func.name() == "sum"
                    && params.args.iter().all(|arg| {
                        datafusion::logical_expr::ExprSchemable::get_type(arg, aggregate.input.schema())
                            .is_ok_and(|kind| kind.is_integer())
                    });
                all &= sums_whole_numbers || ORDERLESS.contains(&func.name());
            }
            Ok(TreeNodeRecursion::Continue)
        });
    }
    all
}
