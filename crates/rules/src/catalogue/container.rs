//! Fields of the container that the actor belongs to.

use model::{Event, View};

use crate::seen::Seen;

/// Hexadecimal digits of a container's id that Falco shows.
const SHORT_ID: usize = 12;

/// Which field of the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Container {
    Id,
    FullId,
    Name,
    Image,
    Repository,
    Tag,
    Digest,
    Privileged,
    Namespace,
    Pod,
    PodUid,
}

pub(super) fn read(field: Container, event: &Event) -> Seen<'_> {
    let fact = |name: &str| event.fact(name);
    let Some(container) = &event.container else {
        // On the host Falco knows a container called `host` that has no image and no pod.
        return match (event.view, field) {
            (Some(View::Host), Container::Id | Container::FullId | Container::Name) => Seen::text("host"),
            (Some(View::Host), _) => Seen::ABSENT,
            _ => Seen::UNKNOWN,
        };
    };
    let image = fact("container.image.repository");
    let known =
        |value: Option<&'_ str>| value.map(|value| value.as_bytes().to_vec()).map_or(Seen::UNKNOWN, Seen::owned);
    match field {
        Container::Id => {
            let id = container.id.as_str();
            let is_hash = id.len() > SHORT_ID && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            Seen::text(if is_hash { &id[..SHORT_ID] } else { id })
        }
        Container::FullId => Seen::text(&container.id),
        Container::Name => known(fact("container.name")),
        Container::Image => known(image.or(fact("container.image"))),
        Container::Repository => known(image.map(|image| split_tag(image).0)),
        Container::Tag => known(image.and_then(|image| split_tag(image).1)),
        Container::Digest => known(fact("container.image.digest")),
        Container::Privileged => match fact("container.security_context") {
            Some(context) if context.contains("\"privileged\":true") => Seen::text("true"),
            _ => Seen::UNKNOWN,
        },
        Container::Namespace => known(fact("k8s.ns.name")),
        Container::Pod => known(fact("k8s.pod.name")),
        Container::PodUid => known(fact("k8s.pod.uid")),
    }
}

/// `registry:5000/name:tag` as repository and tag.
pub(super) fn split_tag(image: &str) -> (&str, Option<&str>) {
    let name = image.split('@').next().unwrap_or(image);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}
