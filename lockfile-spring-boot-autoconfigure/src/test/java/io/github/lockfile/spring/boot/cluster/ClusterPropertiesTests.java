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

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.support.SpringFactoriesLoader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ClusterPropertiesTests {

	private final Map<String, Object> properties = new HashMap<>(Map.of("spring.application.name", "orders"));

	private ClusterProperties bind() {
		return ClusterProperties.from(TestEngine.environment(this.properties));
	}

	private void acquire() {
		ClusterLock.acquire(TestEngine.environment(this.properties), "", Duration.ZERO, new RecordingListener())
			.close();
	}

	@Test
	void aNativeImageCanBindThem() throws Exception {
		RuntimeHints hints = new RuntimeHints();
		SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
			.load(RuntimeHintsRegistrar.class)
			.stream()
			.filter(ClusterRuntimeHints.class::isInstance)
			.forEach((registrar) -> registrar.registerHints(hints, null));
		assertThat(RuntimeHintsPredicates.reflection()
			.onMethodInvocation(ClusterProperties.class.getDeclaredMethod("setUrl", String.class))).accepts(hints);
	}

	@Test
	void aVariableWithTheNameOfThePrefixIsIgnored() {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources()
			.addFirst(new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
					Map.of("LOCKFILE_CLUSTER", "/etc/cluster", "LOCKFILE_CLUSTER_NAME", "orders")));
		assertThat(ClusterProperties.from(environment).getName()).isEqualTo("orders");
	}

	@Test
	void aLeaseWithoutAUnitIsSeconds() {
		assertThat(ClusterProperties
			.from(TestEngine.environment(Map.of("lockfile.cluster.name", "x", "lockfile.cluster.lease", "90")))
			.getLease()).isEqualTo(Duration.ofSeconds(90));
	}

	@Test
	void isOffAndTakesWhatTheDataSourceHas() {
		this.properties.put("spring.datasource.url", "jdbc:postgresql://db/orders");
		this.properties.put("spring.datasource.username", "app");
		this.properties.put("spring.datasource.password", "s3cret");
		ClusterProperties bound = bind();
		assertThat(bound.isEnabled()).isFalse();
		assertThat(bound.getName()).isEqualTo("orders");
		assertThat(bound.getLease()).isEqualTo(Duration.ofSeconds(60));
		assertThat(bound.getUrl()).isEqualTo("jdbc:postgresql://db/orders");
		assertThat(bound.getUsername()).isEqualTo("app");
		assertThat(bound.getPassword()).isEqualTo("s3cret");
	}

	@Test
	void aPasswordMayLookLikeAPlaceholder() {
		for (String prefix : List.of("lockfile.cluster", "spring.datasource")) {
			this.properties.put(prefix + ".url", "jdbc:postgresql://db/orders");
			this.properties.put(prefix + ".username", "${u}ser");
			this.properties.put(prefix + ".password", "a${b}c");
			assertThat(bind().getUsername()).isEqualTo("${u}ser");
			assertThat(bind().getPassword()).isEqualTo("a${b}c");
			this.properties.keySet().removeIf((name) -> name.startsWith(prefix));
		}
	}

	/**
	 * What Boot says of it has the value.
	 */
	@ParameterizedTest
	@CsvSource({ "spring.datasource.url, lockfile.cluster.url", "spring.datasource.username, lockfile.cluster.username",
			"spring.datasource.password, lockfile.cluster.password", "spring.application.name, lockfile.cluster.name" })
	void aDefaultThatLeadsBackToItselfIsNotShown(String property, String ours) {
		this.properties.put("spring.datasource.url", "jdbc:postgresql://db/orders");
		this.properties.put(property, "s3cret${" + property + "}");
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class).isThrownBy(this::bind)
			.satisfies((ex) -> {
				assertThat(ex.getName()).isEqualTo(ours);
				assertThat(ex.getReason()).contains("'" + property + "'");
				assertThat(ex).hasStackTraceContaining("leads back to itself");
				assertThat(ex.getCause()).isNull();
			})
			.withMessageNotContaining("s3cret");
	}

	@Test
	void aUserOfItsOwnDoesNotGetThePasswordOfAnother() {
		this.properties.put("spring.datasource.url", "jdbc:postgresql://db/orders");
		this.properties.put("spring.datasource.password", "s3cret");
		this.properties.put("lockfile.cluster.username", "keeper");
		assertThat(bind().getPassword()).isNull();
	}

	@Test
	void aUrlOfItsOwnDoesNotGetTheUserOfAnother() {
		this.properties.put("spring.datasource.username", "app");
		this.properties.put("spring.datasource.password", "s3cret");
		this.properties.put("lockfile.cluster.url", "jdbc:postgresql://db/orders");
		assertThat(bind().getUsername()).isNull();
		assertThat(bind().getPassword()).isNull();
	}

	@Test
	void refusesAShortLease() {
		this.properties.put("lockfile.cluster.lease", "5s");
		assertInvalid("lockfile.cluster.lease", "6 seconds or longer");
	}

	@Test
	void needsAName() {
		this.properties.clear();
		assertInvalid("lockfile.cluster.name", "'spring.application.name' is not set");
	}

	@Test
	void refusesALeaseThatDoesNotFitTheLimitsOfTheEngines() {
		this.properties.put("lockfile.cluster.lease", "150d");
		assertInvalid("lockfile.cluster.lease", "12 hours at most");
		this.properties.put("lockfile.cluster.lease", "12h");
		assertThat(bind().getLease()).isEqualTo(Duration.ofHours(12));
	}

	@Test
	void isReportedWithARemedy() {
		assertThat(ClusterLockUnavailableException.passing("postgresql://db/orders", "it is a standby"))
			.satisfies((ex) -> {
				assertThat(ex.description())
					.isEqualTo("postgresql://db/orders cannot guard the cluster lock: it is a standby.");
				assertThat(ex.remedy()).contains("'lockfile.timeout'", "'lockfile.cluster.url'");
			});
	}

	private void assertInvalid(String name, String reason) {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class).isThrownBy(this::acquire)
			.satisfies((ex) -> {
				assertThat(ex.getName()).isEqualTo(name);
				assertThat(ex.getReason()).contains(reason);
			})
			.withMessageNotContaining("s3cret");
	}

}
