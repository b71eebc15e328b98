// Ports: the IANA registry, and the defaults that the servers document where that has none or another name. Only such
// as a program is likely to wait for; all of them are below 32768, where Linux' ephemeral ports begin.
#include "causes/services.h"

#include <algorithm>
#include <iterator>

#include "target/text.h"

namespace loopstall {
namespace {

struct Port {
  std::uint16_t number;
  std::string_view service;
};

constexpr Port kPorts[] = {{21, "ftp"},
                           {22, "ssh"},
                           {25, "smtp"},
                           {53, "dns"},
                           {80, "http"},
                           {110, "pop3"},
                           {111, "rpcbind"},
                           {123, "ntp"},
                           {143, "imap"},
                           {389, "ldap"},
                           {443, "https"},
                           {445, "smb"},
                           {465, "smtps"},
                           {514, "syslog"},
                           {587, "smtp"},
                           {636, "ldaps"},
                           {853, "dns"},
                           {993, "imaps"},
                           {995, "pop3s"},
                           {1433, "mssql"},
                           {1521, "oracle"},
                           {1883, "mqtt"},
                           {2049, "nfs"},
                           {2181, "zookeeper"},
                           {2375, "docker"},
                           {2376, "docker"},
                           {2379, "etcd"},
                           {3306, "mysql"},
                           {3389, "rdp"},
                           {4222, "nats"},
                           {4317, "opentelemetry"},
                           {4318, "opentelemetry"},
                           {5432, "postgresql"},
                           {5671, "amqps"},
                           {5672, "amqp"},
                           {6379, "redis"},
                           {6432, "pgbouncer"},
                           {6443, "kubernetes"},
                           {8123, "clickhouse"},
                           {8125, "statsd"},
                           {8200, "vault"},
                           {8500, "consul"},
                           {8883, "mqtts"},
                           {9042, "cassandra"},
                           {9092, "kafka"},
                           {9200, "elasticsearch"},
                           {11211, "memcached"},
                           {26257, "cockroachdb"},
                           {26379, "redis-sentinel"},
                           {27017, "mongodb"}};

// The path's last part begins and ends so.
struct Path {
  std::string_view begin, end, service;
};

constexpr Path kPaths[] = {
    {".s.PGSQL.", "", "postgresql"},  // then the port
    {"mysql", ".sock", "mysql"},       {"mysqld", ".sock", "mysql"},          {"mysqlx", ".sock", "mysql"},
    {"redis", ".sock", "redis"},       {"memcached", ".sock", "memcached"},   {"mongodb-", ".sock", "mongodb"},
    {"docker", ".sock", "docker"},     {"containerd", ".sock", "containerd"}, {"io.systemd.Resolve", "", "dns"},
    {"system_bus_socket", "", "dbus"},
};

bool names(const Path& row, std::string_view name) {
  return name.size() >= row.begin.size() + row.end.size() && name.starts_with(row.begin) && name.ends_with(row.end);
}

}  // namespace

std::string_view service_at(std::uint16_t port) {
  const auto found =
      std::find_if(std::begin(kPorts), std::end(kPorts), [port](const Port& row) { return row.number == port; });
  return found == std::end(kPorts) ? std::string_view() : found->service;
}

std::string_view service_at(std::string_view unix_path) {
  // Read by name where the name says nothing: journald's and nscd's sockets.
  if (unix_path == "/dev/log" || unix_path.starts_with("/run/systemd/journal/")) return "syslog";
  if (unix_path.ends_with("/nscd/socket")) return "nscd";
  const auto name = basename_of(unix_path);
  const auto found =
      std::find_if(std::begin(kPaths), std::end(kPaths), [name](const Path& row) { return names(row, name); });
  return found == std::end(kPaths) ? std::string_view() : found->service;
}

}  // namespace loopstall
