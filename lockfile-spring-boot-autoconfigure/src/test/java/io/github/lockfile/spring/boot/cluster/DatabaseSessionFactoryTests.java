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

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.env.ConfigurableEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DatabaseSessionFactoryTests {

	private final Map<String, Object> properties = new HashMap<>(Map.of("spring.application.name", "orders"));

	private DatabaseSessionFactory factory() {
		ConfigurableEnvironment environment = TestEngine.environment(this.properties);
		return new DatabaseSessionFactory(environment, ClusterProperties.from(environment), "");
	}

	@ParameterizedTest
	@CsvSource({ "jdbc:postgresql://a/x, jdbc:postgresql://b/x", "jdbc:postgresql://a/x, jdbc:postgresql://a/y",
			"jdbc:postgresql://a/x;1, jdbc:postgresql://a/x;2", "jdbc:mysql://a/x, jdbc:mariadb://a/x",
			"jdbc:mariadb://a/x, jdbc:mariadb://a:3307/x" })
	void aHolderIsNotRestoredWhereItsUrlDidNotLeadAtTheStart(String before, String after) {
		this.properties.put("lockfile.cluster.url", before);
		DatabaseSessionFactory factory = factory();
		this.properties.put("lockfile.cluster.url", after);
		assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(factory::open)
			.withMessageContaining("its URL has changed since the start")
			.satisfies((ex) -> assertThat(ex.isPassing()).isTrue());
	}

	@Test
	void whatADriverThrowsIsNotQuotedAndMayPass() {
		this.properties.put("lockfile.cluster.url", "jdbc:mariadb://127.0.0.1:99999/");
		assertThatExceptionOfType(ClusterLockUnavailableException.class).isThrownBy(factory()::open)
			.withMessageEndingWith("java.lang.IllegalArgumentException")
			.satisfies((ex) -> assertThat(ex.isPassing()).isTrue());
	}

	@ParameterizedTest
	@CsvSource({ "6s, PT5S, 1000", "48s, PT8S, 8000", "60s, PT10S, 10000", "120s, PT10S, 20000", "12h, PT10S, 30000" })
	void doesNotWaitForHoursIfTheLeaseIsLong(String lease, Duration connect, int network) {
		this.properties.put("lockfile.cluster.url", "jdbc:postgresql://127.0.0.1:1/x");
		this.properties.put("lockfile.cluster.lease", lease);
		DatabaseSessionFactory factory = factory();
		assertThat(factory.connectTimeout()).isEqualTo(connect);
		List<Object> set = new ArrayList<>();
		Connection connection = (Connection) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { Connection.class }, (proxy, what, arguments) -> {
					if (what.getName().equals("setNetworkTimeout")) {
						set.add(arguments[1]);
						throw new SQLException("Enough", "08006");
					}
					return null;
				});
		ClusterProperties bound = ClusterProperties.from(TestEngine.environment(this.properties));
		assertThatExceptionOfType(ClusterLockUnavailableException.class)
			.isThrownBy(() -> factory.session(bound, ClusterUrl.of(bound), connection));
		assertThat(set).containsExactly(network);
	}

	@ParameterizedTest
	@ValueSource(strings = { "setNetworkTimeout", "setAutoCommit", "prepareStatement" })
	void aConnectionOfWhichNoSessionCanBeMadeIsEnded(String method) {
		this.properties.put("lockfile.cluster.url", "jdbc:postgresql://127.0.0.1:1/x");
		DatabaseSessionFactory factory = factory();
		ClusterProperties bound = ClusterProperties.from(TestEngine.environment(this.properties));
		for (Throwable failure : List.of(new SQLException("Gone", "08006"), new IllegalStateException("s3cret"),
				new OutOfMemoryError())) {
			List<String> called = new ArrayList<>();
			Connection connection = (Connection) Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { Connection.class }, (proxy, what, arguments) -> {
						called.add(what.getName());
						if (what.getName().equals(method)) {
							throw failure;
						}
						return what.getReturnType() == boolean.class ? false : null;
					});
			assertThatThrownBy(() -> factory.session(bound, ClusterUrl.of(bound), connection))
				.isInstanceOf((failure instanceof Error) ? Error.class : ClusterLockUnavailableException.class)
				.message()
				.isNotEqualTo("s3cret");
			assertThat(called).contains("abort");
		}
	}

}
