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

import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
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
			"jdbc:postgresql://[::1]:5433/orders?password=s3cret, postgresql://[::1]:5433/orders",
			"jdbc:mariadb://db/orders?password=s3cret, mariadb://db:3306/orders",
			"jdbc:mariadb://db:3307/, mariadb://db:3307/",
			"jdbc:mysql://db:3307/orders?x=s3cret, mysql://db:3307/orders",
			"jdbc:mysql://app:s3cret@db/orders, mysql://db:3306/orders",
			"jdbc:mysql://address=(host=db)(password=s3cret)/orders, mysql://db:3306/orders",
			"jdbc:postgresql://db/s3cret;password=s3cret, postgresql://db:5432/…" })
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
			"jdbc:mysql:s3cret | its driver cannot read the URL",
			"jdbc:mysql://db:s3cret/orders | its driver cannot read the URL" })
	void showsNothingOfWhatCannotBeRead(String url, String reason) {
		assertRefused(url, reason);
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

}
