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

package io.github.lockfile.spring.boot.startup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;

import io.github.lockfile.spring.boot.actuate.LockFileEndpoint;
import io.github.lockfile.spring.boot.actuate.LockFileHealthIndicator;
import io.github.lockfile.testsupport.Outsider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.stereotype.Component;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Beans of an application that have the names or types of ours.
 */
class BeansOfTheApplicationTests {

	@TempDir
	private static Path directory;

	private Path path;

	@BeforeEach
	void path() throws IOException {
		this.path = directory.toRealPath().resolve("beans.lock");
	}

	@ParameterizedTest
	@ValueSource(classes = { WithBean.class, WithComponent.class, WithWatch.class, WithBoth.class })
	void doNotReleaseTheLock(Class<?> source) {
		for (String overriding : new String[] { "true", "false" }) {
			try (ConfigurableApplicationContext context = run(source, (application) -> {
			}, "--spring.main.allow-bean-definition-overriding=" + overriding)) {
				assertHeldAndShown(context);
			}
			assertThat(Outsider.isRefused(this.path)).isFalse();
		}
	}

	@Test
	void existBeforeTheLockWhenProcessedAheadOfTime() {
		try (ConfigurableApplicationContext context = run(Plain.class,
				(builder) -> builder.initializers(
						(initialized) -> ((GenericApplicationContext) initialized).registerBeanDefinition("lockFile",
								new RootBeanDefinition(String.class, () -> "of the application"))))) {
			assertHeldAndShown(context);
			assertThat(context.getBean("lockFile")).isEqualTo("of the application");
		}
		assertThat(Outsider.isRefused(this.path)).isFalse();
	}

	private void assertHeldAndShown(ConfigurableApplicationContext context) {
		assertThat(Outsider.isRefused(this.path)).isTrue();
		assertThat(context.getBean(LockFileEndpoint.class).lockFile().getStatus()).isEqualTo("HELD");
		assertThat(Objects.requireNonNull(context.getBean(LockFileHealthIndicator.class).health()).getDetails())
			.containsEntry("path", this.path.toString());
		assertThat(context.getBean(MeterRegistry.class).get("lockfile.held").gauge().value()).isEqualTo(1);
	}

	private ConfigurableApplicationContext run(Class<?> source, Consumer<SpringApplicationBuilder> customizer,
			String... args) {
		SpringApplicationBuilder builder = new SpringApplicationBuilder(source).web(WebApplicationType.NONE)
			.properties("lockfile.path=" + this.path, "management.endpoints.jmx.exposure.include=lockfile",
					"spring.jmx.enabled=true");
		customizer.accept(builder);
		return builder.run(args);
	}

	@Nested
	@DirtiesContext
	@SpringBootTest(classes = Plain.class, webEnvironment = WebEnvironment.NONE, properties = { "lockfile.enabled=true",
			"management.endpoints.jmx.exposure.include=lockfile", "spring.jmx.enabled=true" })
	class Mocked {

		@MockitoBean
		private io.github.lockfile.LockFile lock;

		@DynamicPropertySource
		static void path(DynamicPropertyRegistry registry) {
			registry.add("lockfile.path", () -> directory.resolve("mocked.lock").toString());
		}

		@Test
		void doesNotReleaseTheLock(@Autowired LockFileEndpoint endpoint) {
			assertThat(this.lock.content()).isNull();
			assertThat(Outsider.isRefused(directory.resolve("mocked.lock"))).isTrue();
			assertThat(endpoint.lockFile().getStatus()).isEqualTo("HELD");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Plain {

		@Bean
		MeterRegistry meterRegistry() {
			return new SimpleMeterRegistry();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class WithBean extends Plain {

		@Bean
		AutoCloseable lockFile() {
			return () -> {
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(WithComponent.LockFile.class)
	@EnableAutoConfiguration
	static class WithComponent extends Plain {

		@Component("lockFile")
		static class LockFile {

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class WithWatch extends Plain {

		@Bean
		String lockFileWatch() {
			return "of the application";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class WithBoth extends WithBean {

		@Bean
		String lockFileWatch() {
			return "of the application";
		}

	}

}
