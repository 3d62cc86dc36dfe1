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
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
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
 * @param target where it leads
 */
record ClusterUrl(Engine engine, String text, Target target) {

	private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%\\[\\]-]*");

	private static final Pattern DATABASE = Pattern.compile("[\\p{L}\\p{N}_.$-]*");

	/**
	 * Hosts, with or without ports, and a database, as a path.
	 */
	private static final Pattern POSTGRESQL_FORM = Pattern.compile("""
			(?xs) jdbc:postgresql:
			( // HOST (, HOST)* / [^/?]* | [^/?] [^?]* )?
			( [?] .* )?""".replace("HOST", "(\\[ [^\\[\\]/?@,]* ] | [^\\[\\]/?@,:]*) (: [0-9]{1,5})?"));

	/**
	 * Matches what follows the prefix if each '@' is where it belongs: between a user and
	 * a host, or in the value of a parameter. A password with a '/', '?' or '#' would end
	 * the host too early, and the '@' would come after it: such a URL is refused and not
	 * shown.
	 */
	private static final String AT_IN_PLACE = "(?s)[^/?@]*+(//[^/?#]*+)?+[^?#@]*+([?]PARAMETER(&PARAMETER)*+)?+(#[^@]*+)?+"
		.replace("PARAMETER", "[^=&#@]*+(=[^&#]*+)?+");

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
				return new ClusterUrl(engine, text, target(engine, text, subject));
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

	private static Target target(Engine engine, String text, String subject) {
		try {
			Target target = engine.hasAtInPlace(text) ? engine.parse(text) : null;
			if (target != null) {
				if (target.refused() != null) {
					throw ClusterLockUnavailableException.unfit(subject, target.refused(),
							FORM.formatted(engine.subprotocol())
									+ " Its host is the one server that can be written to.");
				}
				if (HOST.matcher(target.hosts().replace(",", "")).matches()) {
					return target;
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
				String user = part.substring(0, part.lastIndexOf('@'));
				String after = user.contains(":") ? user.substring(user.indexOf(':') + 1) : "";
				secrets.add(after);
				secrets.add(decoded(after));
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
	 * Connects.
	 * @param user the user and the password that are not in the URL
	 * @param timeout how long to wait for each answer
	 * @return the connection
	 * @throws SQLException if it fails
	 */
	Connection connect(Properties user, Duration timeout) throws SQLException {
		Connection connection = this.engine.connect(this.text, user, timeout);
		if (connection == null) {
			throw new SQLException("The driver does not accept the URL");
		}
		return connection;
	}

	/**
	 * Returns how the driver of MariaDB is to connect. It would follow its server to
	 * another one by default, if it has verified who the server is. What a URL says, in
	 * any case of its letters, would win over properties.
	 */
	static Configuration mariaDb(String text, Properties user, Duration timeout) throws SQLException {
		int millis = Math.toIntExact(timeout.toMillis());
		return Configuration.parse(text, user)
			.toBuilder()
			.permitRedirect(false)
			.connectTimeout(millis)
			.socketTimeout(millis)
			.build();
	}

	/**
	 * Returns where the database is.
	 * @return a description without a secret
	 */
	String where() {
		boolean shown = DATABASE.matcher(this.target.database()).matches();
		return "%s://%s/%s".formatted(this.engine.subprotocol(), this.target.hosts(),
				shown ? this.target.database() : "…");
	}

	/**
	 * Returns whether another URL leads to the same database.
	 * @param other the other URL
	 * @return whether the engine, the servers and the database are the same
	 */
	boolean leadsToTheSameAs(ClusterUrl other) {
		return this.engine == other.engine && this.target.equals(other.target);
	}

	/**
	 * Shows no secret.
	 */
	@Override
	public String toString() {
		return where();
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
			@Nullable Target parse(String text) {
				// Its driver logs a URL that it cannot read, with the password.
				Properties parsed = POSTGRESQL_FORM.matcher(text).matches()
						? org.postgresql.Driver.parseURL(text, new Properties()) : null;
				if (parsed == null) {
					return null;
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
					// instance could find another one that can be written to than the
					// next instance.
					refused = "its URL names several servers, without 'targetServerType=primary'";
				}
				String database = parsed.getProperty("PGDBNAME", "");
				return new Target(String.join(",", where), database, refused);
			}

			@Override
			@Nullable Connection connect(String text, Properties user, Duration timeout) throws SQLException {
				// These settings go to the end of the URL, where the last one wins; as
				// properties they would lose to the URL. Pgpool-II answers only what
				// comes by the simple protocol, and must be asked by it. connectTimeout
				// and loginTimeout end the wait, but leave a thread that reads on; the
				// other timeouts end that thread.
				String settings = ("preferQueryMode=extendedForPrepared&connectTimeout=%1$d&loginTimeout=%1$d"
						+ "&socketTimeout=%1$d&sslResponseTimeout=%1$d000&gssResponseTimeout=%1$d000")
					.formatted(timeout.toSeconds());
				return new org.postgresql.Driver().connect(text + (text.contains("?") ? "&" : "?") + settings, user);
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
				String refused = null;
				if (parsed.haMode() != HaMode.NONE || parsed.addresses().size() > 1) {
					refused = SEVERAL;
				}
				else if (Boolean.TRUE.equals(parsed.permitRedirect())) {
					refused = "'permitRedirect' lets its server send us to another one";
				}
				else if (parsed.pool()) {
					refused = "'pool' lends the session that has the lock to others";
				}
				HostAddress address = parsed.addresses().isEmpty() ? null : parsed.addresses().get(0);
				String host = (address == null || address.host == null) ? "localhost"
						: address.host + ":" + address.port;
				return new Target(host, StringUtils.hasText(parsed.database()) ? parsed.database() : "", refused);
			}

			@Override
			Connection connect(String text, Properties user, Duration timeout) throws SQLException {
				return org.mariadb.jdbc.Driver.connect(mariaDb(text, user, timeout));
			}

			@Override
			String artifact() {
				return "org.mariadb.jdbc:mariadb-java-client";
			}

		},

		MYSQL {

			@Override
			Target parse(String text) {
				Properties ours = settings(Duration.ofSeconds(1));
				ConnectionUrl parsed = ConnectionUrl.getConnectionUrlInstance(text, ours);
				HostInfo host = parsed.getMainHost();
				String refused = null;
				if (parsed.getType() != ConnectionUrl.Type.SINGLE_CONNECTION) {
					refused = SEVERAL;
				}
				else if (isOn(host, "autoReconnect") || isOn(host, "autoReconnectForPools")) {
					refused = "'autoReconnect' hides that a session, and its lock with it, has ended";
				}
				else if (!host.getHostProperties().entrySet().containsAll(ours.entrySet())) {
					refused = "it sets 'connectTimeout' or 'socketTimeout' for its host alone, which wins over ours";
				}
				String database = (parsed.getDatabase() != null) ? parsed.getDatabase() : "";
				return new Target(host.getHost() + ":" + host.getPort(), database, refused);
			}

			private Properties settings(Duration timeout) {
				Properties settings = new Properties();
				settings.setProperty("connectTimeout", Long.toString(timeout.toMillis()));
				settings.setProperty("socketTimeout", Long.toString(timeout.toMillis()));
				return settings;
			}

			@Override
			@Nullable Connection connect(String text, Properties user, Duration timeout) throws SQLException {
				Properties info = settings(timeout);
				info.putAll(user);
				return new com.mysql.cj.jdbc.Driver().connect(text, info);
			}

			@Override
			String artifact() {
				return "com.mysql:mysql-connector-j";
			}

		};

		/**
		 * Returns whether what the driver takes for the host is not the beginning of a
		 * user and a password. Only to the driver of MySQL, a '#' ends something.
		 */
		boolean hasAtInPlace(String text) {
			String form = (this == MYSQL) ? AT_IN_PLACE : AT_IN_PLACE.replace("(#[^@]*+)?+", "").replace("#", "");
			return text.substring(prefix().length()).matches(form);
		}

		/**
		 * Reads a URL as the driver does.
		 * @param text the URL
		 * @return where it leads, or {@code null} if it cannot be read
		 * @throws SQLException if it cannot be read
		 */
		abstract @Nullable Target parse(String text) throws SQLException;

		/**
		 * Connects. A server that accepts the connection and says nothing is not waited
		 * for for ever, whatever the URL says.
		 * @param text the URL
		 * @param user the user and the password that are not in the URL
		 * @param timeout how long to wait for each answer
		 * @return the connection, or {@code null} if the driver does not accept the URL
		 * @throws SQLException if it fails
		 */
		abstract @Nullable Connection connect(String text, Properties user, Duration timeout) throws SQLException;

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
