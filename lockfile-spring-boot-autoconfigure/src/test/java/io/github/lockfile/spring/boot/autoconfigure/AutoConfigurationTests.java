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

import java.util.List;

import io.github.lockfile.spring.boot.actuate.LockFileEndpoint;
import io.github.lockfile.spring.boot.actuate.LockFileHealthIndicator;
import io.github.lockfile.spring.boot.actuate.LockFileMeterBinder;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is configured when.
 */
class AutoConfigurationTests {

	private static final List<Class<?>> ALL = List.of(ClusterSecretsAutoConfiguration.class,
			LockFileAutoConfiguration.class, LockFileEndpointAutoConfiguration.class,
			LockFileHealthContributorAutoConfiguration.class, LockFileMetricsAutoConfiguration.class);

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ALL.toArray(Class<?>[]::new)))
		.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
		.withPropertyValues("spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=lockfile");

	@Test
	void allAreRegistered() {
		assertThat(ImportCandidates.load(AutoConfiguration.class, getClass().getClassLoader()))
			.containsAll(ALL.stream().map(Class::getName).toList());
	}

	@Test
	void allIsThereByDefaultAndAlsoIfDisabled() {
		for (String enabled : List.of("true", "false")) {
			this.runner.withPropertyValues("lockfile.enabled=" + enabled)
				.run((context) -> assertThat(context).hasNotFailed()
					.hasBean("lockFileEndpoint")
					.hasBean("lockfileHealthIndicator")
					.hasSingleBean(LockFileMeterBinder.class));
		}
	}

	@Test
	void theEndpointIsThereIfExposed() {
		this.runner.withPropertyValues("management.endpoints.jmx.exposure.include=health")
			.run((context) -> assertThat(context).doesNotHaveBean(LockFileEndpoint.class));
	}

	@Test
	void theHealthIndicatorCanBeTurnedOff() {
		this.runner.withPropertyValues("management.health.lockfile.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean("lockfileHealthIndicator")
				.hasSingleBean(LockFileEndpoint.class));
		this.runner.withPropertyValues("management.health.defaults.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean("lockfileHealthIndicator"));
	}

	@Test
	void beansOfTheUserReplaceOurs() {
		this.runner.withUserConfiguration(Replacing.class).run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean(LockFileHealthIndicator.class);
			assertThat(context).getBean(LockFileEndpoint.class).isSameAs(context.getBean("mine"));
			assertThat(context).getBean(LockFileMeterBinder.class).isSameAs(context.getBean("myMeters"));
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class Replacing {

		@Bean
		LockFileEndpoint mine(BeanFactory beanFactory) {
			return new LockFileEndpoint(beanFactory);
		}

		@Bean
		LockFileMeterBinder myMeters(BeanFactory beanFactory) {
			return new LockFileMeterBinder(beanFactory);
		}

		@Bean
		HealthIndicator lockfileHealthIndicator() {
			return () -> Health.up().build();
		}

	}

}
