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

package io.github.lockfile.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;

import io.github.lockfile.spring.boot.actuate.LockFileMeterBinder;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

class LockFileMetricsTests extends LockPathTestCase {

	@Test
	void countsWhatIsRepairedAndMeasuresWhetherTheLockIsHeld() throws IOException {
		try (ConfigurableApplicationContext context = run(Metered.class, "--lockfile.verify-interval=100ms")) {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(held(registry)).isEqualTo(1);
			assertThat(restored(registry)).isZero();
			Files.delete(this.path);
			Awaitility.await().until(() -> restored(registry) == 1);
			assertThat(held(registry)).isEqualTo(1);
			try (ChildJvm intruder = HolderProcess.holdInPlaceOf(this.path)) {
				Awaitility.await().until(() -> held(registry) == 0);
				assertThat(intruder.process().isAlive()).isTrue();
				assertThat(restored(registry)).isEqualTo(1);
			}
		}
	}

	@Test
	void thereAreNoMetricsWithoutARegistry() {
		try (ConfigurableApplicationContext context = run(Unmetered.class)) {
			assertThat(context.getBeanNamesForType(LockFileMeterBinder.class)).isEmpty();
			assertThat(context.getBean(LockFileWatch.class)).isNotNull();
		}
	}

	@Test
	void thereAreNoMetricsWithoutALock() {
		try (ConfigurableApplicationContext context = run(Metered.class, "--lockfile.enabled=false")) {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(registry.find("lockfile.held").meters()).isEmpty();
			assertThat(registry.find("lockfile.restored").meters()).isEmpty();
		}
	}

	private static double held(MeterRegistry registry) {
		return registry.get("lockfile.held").gauge().value();
	}

	private static double restored(MeterRegistry registry) {
		return registry.get("lockfile.restored").functionCounter().count();
	}

	private ConfigurableApplicationContext run(Class<?> source, String... args) {
		return new SpringApplicationBuilder(source).web(WebApplicationType.NONE)
			.properties("lockfile.path=" + this.path)
			.run(args);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Metered {

		@Bean
		MeterRegistry meterRegistry() {
			return new SimpleMeterRegistry();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = MetricsAutoConfiguration.class)
	static class Unmetered {

	}

}
