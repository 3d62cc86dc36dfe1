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

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.ChildJvm;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Which URLs lead to one server, and what is shown of them.
 */
class ClusterUrlTests {

	private static final String DEFAULT_REASON = "it is neither PostgreSQL, MariaDB nor MySQL, or is reached by a driver "
			+ "that is not theirs";

	private final Map<String, Object> properties = new HashMap<>(Map.of("spring.application.name", "orders"));

	private ClusterUrl url() {
		return ClusterUrl.of(ClusterProperties.from(TestEngine.environment(this.properties)));
	}

	private ClusterUrl url(String url) {
		this.properties.put("lockfile.cluster.url", url);
		return url();
	}

	private void assertRefused(String url, String reason) {
		assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(() -> url(url))
			.withMessage("The database of 'lockfile.cluster.url' cannot guard the cluster lock: " + reason)
			.satisfies((ex) -> {
				assertThat(ex.getExitCode()).isEqualTo(69);
				assertThat(ex.isPassing()).isFalse();
				assertThat(ex.remedy()).contains("Set 'lockfile.cluster.url' to a URL of the form 'jdbc:")
					.doesNotContain("s3cret");
			});
	}

	@ParameterizedTest
	@CsvSource({ "jdbc:postgresql://db/orders, postgresql://db:5432/orders",
			"jdbc:postgresql:orders, postgresql://localhost:5432/orders",
			"jdbc:postgresql:, postgresql://localhost:5432/", "jdbc:postgresql:or/ders, postgresql://localhost:5432/…",
			"jdbc:postgresql://db/orders?options=a/b@c:d, postgresql://db:5432/orders",
			"jdbc:postgresql://[::1]:5433/orders?password=s3cret, postgresql://[::1]:5433/orders",
			"jdbc:mariadb://db/orders?password=s3cret, mariadb://db:3306/orders",
			"jdbc:mariadb://db:3307/, mariadb://db:3307/",
			"jdbc:mysql://db:3307/orders?x=s3cret, mysql://db:3307/orders",
			"jdbc:mysql://app:s3cret@db/orders, mysql://db:3306/orders",
			"jdbc:mysql://address=(host=db)(password=s3cret)/orders, mysql://db:3306/orders",
			"jdbc:postgresql://db/s3cret;password=s3cret, postgresql://db:5432/…",
			"jdbc:postgresql:?user=a@b, postgresql://localhost:5432/",
			"jdbc:postgresql://db/or%40ders?user=a@b&password=s3/cret?@#@, postgresql://db:5432/…",
			"jdbc:postgresql://db/orders?ssl&user=a@b, postgresql://db:5432/orders",
			"jdbc:mariadb://db/orders?user=a@b&password=s3cret#a/b@c:d?e@f, mariadb://db:3306/orders",
			"jdbc:mariadb://db?user=a@b, mariadb://db:3306/",
			"jdbc:mysql://db/orders?user=a@b&password=s3/cret@c?@d, mysql://db:3306/orders",
			"jdbc:mysql://app:s3cret@db?user=a@b, mysql://db:3306/",
			"jdbc:mysql://app:s3%2Fc%23r%3Fet@db/orders, mysql://db:3306/orders",
			"jdbc:mysql://db/orders?password=s3cret#note, mysql://db:3306/orders" })
	void showsWhereTheServerIsAndNoSecret(String url, String where) {
		assertThat(url(url).where()).isEqualTo(where);
		assertThat(url(url).toString()).doesNotContain("s3cret");
	}

	@Test
	void takesSeveralServersOfPostgreSqlIfOneIsThePrimary() {
		assertThat(url("jdbc:postgresql://a:1,b/orders?targetServerType=primary").where())
			.isEqualTo("postgresql://a:1,b:5432/orders");
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdbc:postgresql://a,b/orders?password=s3cret",
			"jdbc:postgresql://a,b/orders?targetServerType=any",
			"jdbc:postgresql://a,b/orders?targetServerType=secondary",
			"jdbc:postgresql://a,b/orders?targetServerType=preferPrimary",
			"jdbc:postgresql://a,b/orders?targetServerType=preferSecondary" })
	void refusesSeveralServersOfPostgreSqlOfWhichAnyWillDo(String url) {
		assertRefused(url, "its URL names several servers, without 'targetServerType=primary'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdbc:postgresql://a,b/orders?targetServerType=primary&loadBalanceHosts=true",
			"jdbc:postgresql://a/orders?loadBalanceHosts=true" })
	void refusesAnyServerOfPostgreSql(String url) {
		assertRefused(url, "'loadBalanceHosts' leads to any of its servers");
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdbc:mariadb:loadbalance://a,b/", "jdbc:mariadb:replication://a,b/",
			"jdbc:mariadb:sequential://a,b/", "jdbc:mariadb:load-balance-read://a,b/", "jdbc:mariadb:sequential://a/",
			"jdbc:mariadb://a,b/?password=s3cret", "jdbc:mariadb://address=(host=a),address=(host=b)/",
			"jdbc:mysql:loadbalance://a,b/", "jdbc:mysql:replication://a,b/", "jdbc:mysql://a,b/?password=s3cret",
			"jdbc:mysql+srv://a/", "jdbc:mysql+srv:loadbalance://a/", "jdbc:mysql+srv:replication://a/",
			"jdbc:mysql:loadbalance://a/" })
	void refusesSeveralServersOfMariaDbAndMySql(String url) {
		assertRefused(url, "its URL may lead to more than one server that can be written to");
	}

	@ParameterizedTest
	@ValueSource(strings = { "autoReconnect=true", "autoReconnectForPools=true", "useConfigs=clusterBase" })
	void refusesADriverThatConnectsAnewByItself(String parameter) {
		assertRefused("jdbc:mysql://a/?password=s3cret&" + parameter,
				"'autoReconnect' hides that a session, and its lock with it, has ended");
	}

	@Test
	void refusesToBeSentToAnotherServer() throws SQLException {
		for (String value : List.of("permitRedirect=true", "PERMITREDIRECT", "permitRedirect=1&sslMode=verify-full")) {
			assertRefused("jdbc:mariadb://a/?" + value, "'permitRedirect' lets its server send us to another one");
		}
		for (String value : List.of("sslMode=verify-full", "permitRedirect=false", "useSsl=true")) {
			assertThat(ClusterUrl.mariaDb(url("jdbc:mariadb://a/?" + value).text(), new Properties(), Duration.ZERO)
				.permitRedirect()).as(value).isFalse();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "pool", "pool=true", "POOL=1" })
	void refusesThePoolOfADriver(String parameter) {
		assertRefused("jdbc:mariadb://a/?" + parameter, "'pool' lends the session that has the lock to others");
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdbc:mysql://(host=a,connectTimeout=0)/", "jdbc:mysql://(host=a,socketTimeout=0)/",
			"jdbc:mysql://address=(host=a)(socketTimeout=0)/" })
	void refusesATimeoutThatWinsOverOurs(String url) {
		assertRefused(url, "it sets 'connectTimeout' or 'socketTimeout' for its host alone, which wins over ours");
	}

	@ParameterizedTest
	@ValueSource(strings = {
			"jdbc:postgresql://%s/x?connectTimeout=0&loginTimeout=0&socketTimeout=0&sslResponseTimeout=0&gssResponseTimeout=0",
			"jdbc:mariadb://%s/?CONNECTTIMEOUT=0&SocketTimeout=0&socketTimeout=0",
			"jdbc:mysql://%s/?connectTimeout=0&socketTimeout=0" })
	@Timeout(60)
	void doesNotWaitForEverForAServerThatSaysNothingWhateverTheUrlSays(String url) throws IOException {
		try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			ClusterUrl parsed = url(url.formatted("127.0.0.1:" + silent.getLocalPort()));
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> parsed.connect(new Properties(), Duration.ofSeconds(1)));
			Awaitility.await()
				.until(() -> Thread.getAllStackTraces()
					.keySet()
					.stream()
					.noneMatch((thread) -> thread.getName().contains("connection thread")));
		}
	}

	@ParameterizedTest
	@CsvSource({ "jdbc:mysql://app@db:3306/orders, shown", "jdbc:mysql://db/?user=a@b:c, shown",
			"jdbc:mysql://app:s3cret@db:3306/orders, hidden", "jdbc:mysql://app:s3c%72et@db:3306/orders, hidden",
			"jdbc:mysql://app:x:s3cret@db:3306/orders, shown", "jdbc:mysql://db/?password=s3cret, hidden" })
	void showsWhatADriverSaysUnlessItQuotesASecret(String url, String expected) {
		String reason = new ClusterUrl(ClusterUrl.Engine.MYSQL, url, new ClusterUrl.Target("db", "", null))
			.reason(new SQLException("The s3cret is out", "28000"), null);
		assertThat(reason).isEqualTo(expected.equals("shown") ? "The s3cret is out" : "SQL state 28000");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '^', value = {
			"postgres://app:s3cret@db/orders | its URL is one of libpq, which JDBC does not take",
			"postgresql://app:s3cret@db/orders | its URL is one of libpq, which JDBC does not take",
			"mysql://app:s3cret@db/orders | its URL does not begin with 'jdbc:'",
			"r2dbc:postgresql://app:s3cret@db/orders | its URL is one of R2DBC, which JDBC does not take",
			"\"jdbc:postgresql://db/orders?password=s3cret\" | " + DEFAULT_REASON,
			"'jdbc:postgresql://db/orders?password=s3cret' | " + DEFAULT_REASON,
			"JDBC:postgresql://db/orders?password=s3cret | its URL must begin in lower case",
			"jdbc:PostgreSQL://db/orders?password=s3cret | its URL must begin in lower case",
			"jdbc:aws-wrapper:postgresql://db/orders?password=s3cret | its URL is one of a driver that may connect to another server by itself",
			"jdbc:p6spy:mysql://db/orders?password=s3cret | its URL is one of a driver that wraps that of the database",
			"jdbc:my_driver:s3cret@db | " + DEFAULT_REASON,
			"jdbc:oracle:thin:app/s3cret@db:1521/orders | " + DEFAULT_REASON, "jdbc:s3cret: | " + DEFAULT_REASON,
			"s3cret | " + DEFAULT_REASON, "jdbc:mariadb://app:s3cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mariadb://db:s3cret/orders | its driver cannot read the URL",
			"jdbc:postgresql://app:s3cret@db/orders | its driver cannot read the URL",
			"jdbc:postgresql://db:s3cret/orders | its driver cannot read the URL",
			"jdbc:postgresql://s3cret@db/orders | its driver cannot read the URL",
			"jdbc:postgresql://db/orders/?password=s3cret | its driver cannot read the URL",
			"jdbc:postgresql://db/orders/s3cret | its driver cannot read the URL",
			"jdbc:postgresql://db?password=s3cret | its driver cannot read the URL",
			"jdbc:postgresql:/db/orders?password=s3cret | its driver cannot read the URL",
			"jdbc:postgresql:////db?password=s3cret | its driver cannot read the URL",
			"jdbc:postgresql://,/?password=s3cret | its driver cannot read the URL",
			"jdbc:postgresql://db:5432;password=s3cret/x | its driver cannot read the URL",
			"jdbc:postgresql://db:70000/x?password=s3cret | its driver cannot read the URL",
			"jdbc:postgresql://a,db:s3cret/x | its driver cannot read the URL",
			"jdbc:mysql:s3cret | its driver cannot read the URL",
			"jdbc:mysql://db:s3cret/orders | its driver cannot read the URL",
			"jdbc:mysql://root:1234#s3cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mysql://root:1234/s3cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mysql://root:1234?s3cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mysql://root:12@34/s3cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mysql://root:1234/s3?cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mysql://root:1234?s3#cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mysql://root:1234/s3cret@(host=db)/orders | its driver cannot read the URL",
			"jdbc:mysql://db/orders?password=1234#s3cret@x | its driver cannot read the URL",
			"jdbc:mysql://db/orders?password=1234&s3cret@x | its driver cannot read the URL",
			"jdbc:mysql:///s3cret@db | its driver cannot read the URL",
			"jdbc:mariadb://root:1234#s3cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mariadb://root:1234/s3cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mariadb://root:1234?s3cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mariadb://root:1234/s3?cret@db:1/orders | its driver cannot read the URL",
			"jdbc:mariadb:replication://root:1234/s3cret@db:1/orders | its driver cannot read the URL",
			"jdbc:postgresql://app:123/s3cret@db | its driver cannot read the URL",
			"jdbc:postgresql://app:123#s3cret@db/orders | its driver cannot read the URL",
			"jdbc:postgresql://app:123?s3cret@db/orders | its driver cannot read the URL",
			"jdbc:postgresql://app:123/s3?cret@db/orders | its driver cannot read the URL",
			"jdbc:postgresql:app:s3cret@db/orders | its driver cannot read the URL",
			"jdbc:postgresql:s3cret@db | its driver cannot read the URL" })
	void showsNothingOfWhatCannotBeRead(String url, String reason) {
		List<String> logged = new CopyOnWriteArrayList<>();
		Handler handler = new Handler() {

			@Override
			public void publish(LogRecord log) {
				logged.add(new SimpleFormatter().formatMessage(log));
			}

			@Override
			public void flush() {
				// Nothing is kept.
			}

			@Override
			public void close() {
				// Nothing is open.
			}

		};
		Logger logger = Logger.getLogger("org.postgresql");
		logger.addHandler(handler);
		try {
			assertRefused(url, reason);
		}
		finally {
			logger.removeHandler(handler);
		}
		assertThat(logged).as("what the driver logs").noneMatch((line) -> line.contains("s3cret"));
	}

	@Test
	void namesThePropertyThatHasTheUrl() {
		this.properties.put("spring.datasource.url", "postgres://app:s3cret@db/orders");
		assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(this::url)
			.withMessageStartingWith("The database of 'spring.datasource.url' cannot guard");
	}

	@Test
	void saysThatThereIsNoUrl() {
		assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(this::url)
			.withMessage("The application's database cannot guard the cluster lock: its URL is not known, as neither "
					+ "'lockfile.cluster.url' nor 'spring.datasource.url' is set")
			.satisfies((ex) -> assertThat(ex.remedy()).contains("R2DBC, Docker Compose, Testcontainers, JNDI"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.datasource.hikari.jdbc-url", "spring.r2dbc.url" })
	void saysThatTheUrlOfOthersIsNotSeen(String property) {
		this.properties.put(property, "jdbc:postgresql://db/orders?password=s3cret");
		assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(this::url)
			.withMessageEndingWith("is set, only '" + property + "'")
			.withMessageNotContaining("s3cret");
	}

	@Test
	void saysWhichDriverIsMissing() {
		for (String engine : new String[] { "postgresql", "mariadb", "mysql" }) {
			String classPath = Stream.of(System.getProperty("java.class.path").split(Pattern.quote(":")))
				.filter((entry) -> !entry.contains("/postgresql-") && !entry.contains("/mariadb-java-client")
						&& !entry.contains("/mysql-connector-j"))
				.collect(Collectors.joining(":"));
			try (ChildJvm jvm = ChildJvm.start(List.of(), classPath, ClusterWorker.class,
					"jdbc:" + engine + "://127.0.0.1:1/orders", "orders", "PT6S", "PT0S")) {
				assertThat(jvm.awaitExit()).as(jvm.output()).isEqualTo(69);
				assertThat(jvm.output()).contains("its JDBC driver is not on the class path");
			}
		}
	}

}
