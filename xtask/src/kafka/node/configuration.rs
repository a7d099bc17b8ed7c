//! What a node is told, and read again by a later task.

use anyhow::Context;

use super::{Cluster, Node, Ports, STRANGER, USER};

/// Warnings only: a node writes thousands of lines at its start otherwise.
pub(super) const LOGGING: &str = "\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
";

/// The node's file of properties.
pub(super) fn properties(cluster: &Cluster, node: &Node) -> String {
    let voters: Vec<String> = cluster
        .nodes
        .iter()
        .map(|node| format!("{}@127.0.0.1:{}", node.number, node.ports.controller))
        .collect();
    let mut lines = vec![
        "process.roles=broker,controller".to_owned(),
        format!("node.id={}", node.number),
        format!("controller.quorum.voters={}", voters.join(",")),
        format!("log.dirs={}", node.folder.join("data").display()),
    ];
    lines.extend(listeners(node.ports));
    lines.extend(security(cluster));
    lines.extend(replication(cluster.nodes.len()));
    lines.join("\n") + "\n"
}

fn listeners(ports: Ports) -> [String; 5] {
    let open = format!(
        "PLAINTEXT://127.0.0.1:{},TLS://127.0.0.1:{},EXPIRED://127.0.0.1:{},LOGIN://127.0.0.1:{}",
        ports.plaintext, ports.tls, ports.expired, ports.login
    );
    [
        format!("listeners={open},CONTROLLER://127.0.0.1:{}", ports.controller),
        format!("advertised.listeners={open}"),
        "inter.broker.listener.name=PLAINTEXT".to_owned(),
        "controller.listener.names=CONTROLLER".to_owned(),
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,TLS:SSL,EXPIRED:SSL,LOGIN:SASL_SSL,CONTROLLER:PLAINTEXT"
            .to_owned(),
    ]
}

/// A login by password, plain or by challenge; whoever comes without one, on loopback, may do all.
fn security(cluster: &Cluster) -> Vec<String> {
    let password = &cluster.password;
    let module = "org.apache.kafka.common.security";
    let plain = format!(
        "{module}.plain.PlainLoginModule required user_{USER}=\"{password}\" \
         user_{STRANGER}=\"{password}\";"
    );
    let scram = format!("{module}.scram.ScramLoginModule required;");
    vec![
        "ssl.keystore.type=PKCS12".to_owned(),
        format!(
            "ssl.keystore.location={}",
            cluster.certificate.keystore.display()
        ),
        format!("ssl.keystore.password={password}"),
        format!("ssl.key.password={password}"),
        format!(
            "listener.name.expired.ssl.keystore.location={}",
            cluster.expired.keystore.display()
        ),
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512".to_owned(),
        format!("listener.name.login.plain.sasl.jaas.config={plain}"),
        format!("listener.name.login.scram-sha-256.sasl.jaas.config={scram}"),
        format!("listener.name.login.scram-sha-512.sasl.jaas.config={scram}"),
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer".to_owned(),
        format!("super.users=User:ANONYMOUS;User:{USER}"),
    ]
}

fn replication(nodes: usize) -> Vec<String> {
    let in_sync = nodes.div_ceil(2);
    vec![
        "auto.create.topics.enable=false".to_owned(),
        "group.initial.rebalance.delay.ms=0".to_owned(),
        // So that what a test waits for comes soon.
        "group.min.session.timeout.ms=1000".to_owned(),
        "offsets.topic.num.partitions=4".to_owned(),
        format!("offsets.topic.replication.factor={nodes}"),
        format!("transaction.state.log.replication.factor={nodes}"),
        format!("transaction.state.log.min.isr={in_sync}"),
        format!("share.coordinator.state.topic.replication.factor={nodes}"),
        format!("share.coordinator.state.topic.min.isr={in_sync}"),
        format!("default.replication.factor={nodes}"),
        format!("min.insync.replicas={in_sync}"),
    ]
}

/// The ports that [`properties`] wrote.
pub(super) fn ports_of(text: &str) -> anyhow::Result<Ports> {
    let listeners = text
        .lines()
        .find_map(|line| line.strip_prefix("listeners="))
        .context("the node's properties name no listeners")?;
    let port = |name: &str| {
        listeners
            .split(',')
            .find_map(|listener| listener.strip_prefix(name)?.strip_prefix("://127.0.0.1:"))
            .and_then(|port| port.parse().ok())
            .with_context(|| format!("the node's properties name no port for {name}"))
    };
    Ok(Ports {
        plaintext: port("PLAINTEXT")?,
        tls: port("TLS")?,
        expired: port("EXPIRED")?,
        login: port("LOGIN")?,
        controller: port("CONTROLLER")?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Ports, listeners, ports_of};

    #[test]
    fn ports_are_read_as_they_are_written() {
        let ports = Ports {
            plaintext: 1,
            tls: 22,
            expired: 333,
            login: 4444,
            controller: 55555,
        };
        let read = ports_of(&listeners(ports).join("\n")).unwrap();
        let numbers = [
            read.plaintext,
            read.tls,
            read.expired,
            read.login,
            read.controller,
        ];
        assert_eq!(numbers, [1, 22, 333, 4444, 55555]);
    }
}
