/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.cluster;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Pattern;

import com.mysql.cj.conf.ConnectionUrl;
import com.mysql.cj.conf.HostInfo;
import org.jspecify.annotations.Nullable;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.HostAddress;
import org.mariadb.jdbc.export.HaMode;

import org.springframework.util.StringUtils;

/**
 * A JDBC URL that leads to one writable server, as the driver of that server reads it.
 * What no driver has read is not shown to anybody, since nobody knows where it has its
 * secrets.
 *
 * @param engine the engine
 * @param text the URL itself, which may have secrets
 * @param where where the database is, without a secret
 */
record ClusterUrl(Engine engine, String text, String where) {

	private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%\\[\\]-]*");

	private static final Pattern DATABASE = Pattern.compile("[\\p{L}\\p{N}_.$-]*");

	private static final String SEVERAL = "its URL may lead to more than one server that can be written to";

	/**
	 * What is often written instead of a URL that can be used.
	 */
	private static final List<Mistake> MISTAKES = List.of(
			new Mistake("postgres(ql)?:.*", "its URL is one of libpq, which JDBC does not take"),
			new Mistake("(mysql|mariadb|mysqlx):.*", "its URL does not begin with 'jdbc:'"),
			new Mistake("r2dbc:.*", "its URL is one of R2DBC, which JDBC does not take"),
			new Mistake("jdbc:mysql\\+srv:.*", SEVERAL),
			new Mistake("jdbc:aws-wrapper:.*",
					"its URL is one of a driver that may connect to another server by itself"),
			new Mistake("jdbc:[^:/]+:(postgresql|mariadb|mysql):.*",
					"its URL is one of a driver that wraps that of the database"),
			new Mistake("jdbc:(postgresql|mariadb|mysql):.*", "its URL must begin in lower case"));

	private static final String FORM = "Set 'lockfile.cluster.url' to a URL of the form 'jdbc:%s://host:port/database',"
			+ " and the user and the password in properties of their own.";

	static ClusterUrl of(ClusterProperties properties) {
		String text = properties.getUrl();
		if (!StringUtils.hasText(text)) {
			throw missing(properties.otherUrl());
		}
		String subject = "The database of '%s'".formatted(properties.urlProperty());
		for (Engine engine : Engine.values()) {
			if (text.startsWith(engine.prefix())) {
				String where = where(engine, text, subject);
				return new ClusterUrl(engine, text, engine.subprotocol() + "://" + where);
			}
		}
		String reason = MISTAKES.stream()
			.filter((mistake) -> mistake.pattern().matcher(text).matches())
			.map(Mistake::reason)
			.findFirst()
			.orElse("it is neither PostgreSQL, MariaDB nor MySQL, or is reached by a driver that is not theirs");
		throw ClusterLockUnavailableException.unfit(subject, reason, FORM.formatted(likely(text)));
	}

	private static ClusterLockUnavailableException missing(@Nullable String other) {
		return ClusterLockUnavailableException.unfit("The application's database",
				"its URL is not known, as neither 'lockfile.cluster.url' nor 'spring.datasource.url' is set"
						+ ((other != null) ? ", only '" + other + "'" : ""),
				FORM.formatted("postgresql") + " The cluster lock is taken before any bean exists, so it cannot see a "
						+ "database that a connection pool, R2DBC, Docker Compose, Testcontainers, JNDI or a bean "
						+ "brings.");
	}

	private static String likely(String text) {
		String lower = text.toLowerCase(Locale.ROOT);
		return lower.contains("mariadb") ? "mariadb" : lower.contains("mysql") ? "mysql" : "postgresql";
	}

	private static String where(Engine engine, String text, String subject) {
		try {
			Target target = engine.parse(text);
			if (target != null) {
				if (target.refused() != null) {
					throw ClusterLockUnavailableException.unfit(subject, target.refused(),
							FORM.formatted(engine.subprotocol())
									+ " Its host is the one server that can be written to.");
				}
				if (HOST.matcher(target.hosts().replace(",", "")).matches()) {
					boolean shown = DATABASE.matcher(target.database()).matches();
					return target.hosts() + "/" + (shown ? target.database() : "…");
				}
			}
		}
		catch (NoClassDefFoundError ex) {
			throw ClusterLockUnavailableException.unfit(subject, "its JDBC driver is not on the class path",
					"Add the driver, '%s'.".formatted(engine.artifact()));
		}
		catch (SQLException | RuntimeException ex) {
			if (ex instanceof ClusterLockUnavailableException unavailable) {
				throw unavailable;
			}
			// What it says is not told: it quotes the URL.
		}
		throw ClusterLockUnavailableException.unfit(subject, "its driver cannot read the URL",
				FORM.formatted(engine.subprotocol()));
	}

	/**
	 * Returns what a driver says, or less if it quotes what may be secret.
	 * @param ex what the driver says
	 * @param password the password that is not in the URL
	 * @return a text for people
	 */
	String reason(SQLException ex, @Nullable String password) {
		String message = String.valueOf(ex.getMessage());
		List<String> secrets = new ArrayList<>(List.of("jdbc:"));
		if (password != null) {
			secrets.add(password);
		}
		for (String part : this.text.substring(this.engine.prefix().length()).split("[?&;(),]")) {
			String value = part.substring(part.indexOf('=') + 1);
			if (part.contains("=") && !part.startsWith("user=")) {
				secrets.add(value);
				secrets.add(decoded(value));
			}
			else if (part.contains("@")) {
				secrets.add(decoded(part.substring(part.indexOf(':') + 1, part.lastIndexOf('@'))));
			}
		}
		boolean secret = secrets.stream().anyMatch((each) -> !each.isEmpty() && message.contains(each));
		return secret ? "SQL state " + ex.getSQLState() : DatabaseSession.firstLine(message);
	}

	private static String decoded(String value) {
		try {
			return URLDecoder.decode(value, StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			return value;
		}
	}

	/**
	 * Shows no secret.
	 */
	@Override
	public String toString() {
		return this.where;
	}

	private static boolean isOn(HostInfo host, String property) {
		String value = host.getHostProperties().get(property);
		return value != null && !value.equalsIgnoreCase("false") && !value.equalsIgnoreCase("no");
	}

	/**
	 * An engine by which the lock can be held.
	 */
	enum Engine {

		POSTGRESQL {

			@Override
			Target parse(String text) {
				Properties parsed = org.postgresql.Driver.parseURL(text, new Properties());
				if (parsed == null) {
					throw new IllegalArgumentException();
				}
				String[] hosts = parsed.getProperty("PGHOST", "localhost").split(",");
				String[] ports = parsed.getProperty("PGPORT", "5432").split(",");
				List<String> where = new ArrayList<>();
				for (int i = 0; i < hosts.length; i++) {
					where.add(hosts[i] + ":" + ports[Math.min(i, ports.length - 1)]);
				}
				String type = parsed.getProperty("targetServerType", "any").toLowerCase(Locale.ROOT);
				String refused = null;
				if (Boolean.parseBoolean(parsed.getProperty("loadBalanceHosts"))) {
					refused = "'loadBalanceHosts' leads to any of its servers";
				}
				else if (hosts.length > 1 && !type.equals("primary") && !type.equals("master")) {
					// One server is asked whether it is a standby. Of several, an
					// instance could
					// find another one that can be written to than the next instance.
					refused = "its URL names several servers, without 'targetServerType=primary'";
				}
				String database = parsed.getProperty("PGDBNAME", "");
				return new Target(String.join(",", where), database, refused);
			}

			@Override
			Driver driver() {
				return new org.postgresql.Driver();
			}

			@Override
			String artifact() {
				return "org.postgresql:postgresql";
			}

		},

		MARIADB {

			@Override
			@Nullable Target parse(String text) throws SQLException {
				Configuration parsed = Configuration.parse(text);
				if (parsed == null) {
					return null;
				}
				String refused = (parsed.haMode() != HaMode.NONE || parsed.addresses().size() > 1) ? SEVERAL : null;
				HostAddress address = parsed.addresses().isEmpty() ? null : parsed.addresses().get(0);
				String host = (address == null || address.host == null) ? "localhost"
						: address.host + ":" + address.port;
				return new Target(host, StringUtils.hasText(parsed.database()) ? parsed.database() : "", refused);
			}

			@Override
			Driver driver() {
				return new org.mariadb.jdbc.Driver();
			}

			@Override
			String artifact() {
				return "org.mariadb.jdbc:mariadb-java-client";
			}

		},

		MYSQL {

			@Override
			Target parse(String text) {
				ConnectionUrl parsed = ConnectionUrl.getConnectionUrlInstance(text, new Properties());
				HostInfo host = parsed.getMainHost();
				String refused = null;
				if (parsed.getType() != ConnectionUrl.Type.SINGLE_CONNECTION) {
					refused = SEVERAL;
				}
				else if (isOn(host, "autoReconnect") || isOn(host, "autoReconnectForPools")) {
					refused = "'autoReconnect' hides that a session, and its lock with it, has ended";
				}
				String database = (parsed.getDatabase() != null) ? parsed.getDatabase() : "";
				return new Target(host.getHost() + ":" + host.getPort(), database, refused);
			}

			@Override
			Driver driver() throws SQLException {
				return new com.mysql.cj.jdbc.Driver();
			}

			@Override
			String artifact() {
				return "com.mysql:mysql-connector-j";
			}

		};

		/**
		 * Reads a URL as the driver does.
		 * @param text the URL
		 * @return where it leads, or {@code null} if it cannot be read
		 * @throws SQLException if it cannot be read
		 */
		abstract @Nullable Target parse(String text) throws SQLException;

		abstract Driver driver() throws SQLException;

		abstract String artifact();

		String subprotocol() {
			return name().toLowerCase(Locale.ROOT);
		}

		private String prefix() {
			return "jdbc:" + subprotocol() + ":";
		}

	}

	/**
	 * What a driver has read.
	 *
	 * @param hosts hosts and ports
	 * @param database the database
	 * @param refused why the URL cannot be used, or {@code null} if it can
	 */
	record Target(String hosts, String database, @Nullable String refused) {

	}

	/**
	 * Something that cannot be used, and why.
	 *
	 * @param pattern how it is recognized
	 * @param reason why, for people
	 */
	private record Mistake(Pattern pattern, String reason) {

		Mistake(String pattern, String reason) {
			this(Pattern.compile(pattern, Pattern.CASE_INSENSITIVE | Pattern.DOTALL), reason);
		}

	}

}
